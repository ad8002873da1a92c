"""Apply a trained model: predictions for images and arrays, evaluation of saved predictions."""
