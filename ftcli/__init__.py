"""Fine-tune pretrained encoders on small labelled data sets."""

__version__ = "0.1.0"
