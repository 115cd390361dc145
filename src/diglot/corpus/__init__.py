"""From sources to a training corpus in Parquet: three tables, one split, a datasheet."""
