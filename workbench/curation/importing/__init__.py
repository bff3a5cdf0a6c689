"""Import: files of many formats into examples; the files are read in a process of their own."""
