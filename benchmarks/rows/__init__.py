"""One module for each row of the table: what is compared, and the bar it should pass."""
