"""Is this article one we hold, a copy of an earlier text, or new? Which story does it belong to? Values in, verdicts out."""
