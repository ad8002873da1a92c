"""Website of the course: the chapters and pages of documentation as one static, offline site."""
