"""From rows of features to a fruit: linear heads, their scores, and what is known of them."""
