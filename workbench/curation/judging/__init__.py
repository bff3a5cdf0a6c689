"""Lead rows through the stages that look at them alone."""
