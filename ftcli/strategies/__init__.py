"""One fine-tuning technique a file; a new file here is a new flag."""
