"""Two convolutions and one dense layer for digits of 8 x 8."""

model = dict(
    type='Classifier',
    data_preprocessor=dict(type='LessonPreprocessor', channels=1),  # grey: one mean, one deviation
    backbone=dict(
        type='CNN',
        image_size=(8, 8),
        channels=(16, 32),
        hidden_sizes=(64,),
        batch_norm=True,  # steadier steps; on 1,078 pictures also the best regulariser
        dropout=0.5,  # the dense layer would learn them by heart
    ),
    head=dict(type='ClassificationHead', num_classes=10),
)
