"""Objects under one root, a folder or an S3 prefix, with the same few verbs; fetching many at once.

Control: standard library and boto3. May use nothing but the root.
"""
