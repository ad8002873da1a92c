"""Deployment of a trained model: export, publication and inference without torch."""
