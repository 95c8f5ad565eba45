"""Source connector `csv`: order and customer feeds as delimited text."""
