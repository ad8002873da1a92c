"""Two convolutions and one fully connected layer for digits of 8 x 8 pixels."""

model = dict(
    type='Classifier',
    data_preprocessor=dict(type='LessonPreprocessor', channels=1),  # grey: one mean and deviation
    backbone=dict(
        type='CNN',
        image_size=(8, 8),
        channels=(16, 32),
        hidden_sizes=(64,),
        batch_norm=True,  # steadier steps, and regularisation for 1,078 images
        dropout=0.5,  # against overfitting in the fully connected layer
    ),
    head=dict(type='ClassificationHead', num_classes=10),
)
