"""What repeats: equal, nearly equal and alike in meaning."""
