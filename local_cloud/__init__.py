"""S3 and EMR on this machine: a development dependency that production never imports."""
