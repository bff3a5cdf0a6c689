"""Personal data: find it, replace it, and measure how much of it is found."""
