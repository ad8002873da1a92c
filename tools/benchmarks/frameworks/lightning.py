"""Lightning as its documentation shows it: a module that logs loss and accuracy, a Trainer."""

from __future__ import annotations

from typing import Any

import lightning
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from .task import BATCH_SIZE, LEARNING_RATE, Task


class Module(lightning.LightningModule):
    """Classifier that logs loss and accuracy of each step."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.model = task.make_model()
        self.on_train_epoch_start, self.on_train_epoch_end = task.begin, task.end

    def training_step(self, batch: Any, _: int) -> Any:
        """Return the loss of a batch."""
        logits = self.model(batch[0])
        loss = F.cross_entropy(logits, batch[1])
        accuracy = (logits.argmax(1) == batch[1]).float().mean()
        self.log_dict({'loss': loss, 'accuracy': accuracy}, prog_bar=True)
        return loss

    def configure_optimizers(self) -> Any:
        """Return Adam."""
        return torch.optim.Adam(self.parameters(), lr=LEARNING_RATE)


def train(task: Task) -> None:
    """Train."""
    loader = DataLoader(TensorDataset(task.inputs, task.labels), BATCH_SIZE, shuffle=True)
    trainer = lightning.Trainer(
        accelerator='cpu', max_epochs=task.epochs, default_root_dir=task.folder
    )
    trainer.fit(Module(task), loader)
