"""What the features are worth: extractor settings and weights, by accuracy and by time."""
