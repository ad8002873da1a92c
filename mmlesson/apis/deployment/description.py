"""Description of a model's inputs and outputs, stored as metadata of an exported file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mmlesson.errors import UserError
from mmlesson.tasks import CLASSIFICATION, RESULTS

PREFIX = 'mmlesson.'


@dataclass(frozen=True)
class InputDescription:
    """The inputs of a model.

    Args:
        dataset: Name of the dataset whose form the inputs have; None if a pipeline of transforms,
            which is not part of the exported model, makes them.
        shape: Shape of one sample.
        scale: Factor from the integers that the dataset stores to the floats that the model takes.
        range: Least and largest value of the samples that the export was verified on.
        table: Encoding of the columns, if the model was trained on a table, or None.
    """

    dataset: str | None
    shape: tuple[int, ...]
    scale: float
    range: tuple[float, float]
    table: dict[str, Any] | None = None


@dataclass(frozen=True)
class Description:
    """What a user of an exported model must know.

    Args:
        config: Name of the config.
        classes: Names of the classes; empty if there are none.
        output: 'probabilities' or 'scores'; or the names of what is found, separated by commas.
        weights_sha256: Hash of the weights, as in the summary of the run.
        inputs: The inputs.
        task: Name of the task.
    """

    config: str
    classes: tuple[str, ...]
    output: str
    weights_sha256: str
    inputs: InputDescription
    task: str = CLASSIFICATION.name

    @property
    def outputs(self) -> dict[str, str]:
        """What each output is, of a task other than classification."""
        names = self.output.split(', ')
        return {name: RESULTS[name] for name in names if self.task != CLASSIFICATION.name}

    def to_metadata(self) -> dict[str, str]:
        """Return a JSON text for each field, and for the ``outputs`` if there are any."""
        outputs = {'outputs': self.outputs} if self.outputs else {}
        return {
            f'{PREFIX}{key}': json.dumps(value, ensure_ascii=False)
            for key, value in {**asdict(self), **outputs}.items()
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], name: str) -> Description:
        """Read the fields again; other keys are ignored.

        Args:
            metadata: Metadata of a file.
            name: Name of the file, for messages.

        Raises:
            UserError: If a field is missing or damaged.
        """
        metadata = {f'{PREFIX}task': json.dumps(CLASSIFICATION.name), **metadata}  # of older files
        try:
            fields = {
                key: json.loads(metadata[f'{PREFIX}{key}']) for key in cls.__dataclass_fields__
            }
            inputs = fields['inputs']
            low, high = map(float, inputs['range'])
            inputs['shape'] = tuple(map(int, inputs['shape']))
            inputs['scale'] = float(inputs['scale'])
            if not 0 < inputs['scale'] < float('inf'):
                raise ValueError(f'its scale is {inputs["scale"]}')
            fields['inputs'] = InputDescription(**{**inputs, 'range': (low, high)})
            fields['classes'] = tuple(map(str, fields['classes']))
        except (KeyError, TypeError, ValueError) as err:
            raise UserError(
                f'{name} does not describe its inputs: {err!r}. Use a file that '
                'mmlesson export wrote.'
            ) from err
        return cls(**fields)
