"""Resuming optimizers and schedulers, with the settings that the config has now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mmlesson.engine.optim.settings import (
    JUDGEMENT,
    ONLY,
    Settings,
    are_alike,
    changed,
    companions,
    describe,
    describe_states,
    groups_of,
    is_plateau,
    of_optimizer,
    wrappers_by_name,
)
from mmlesson.engine.runner_protocol import LessonRunnerLike
from mmlesson.errors import UserError, shorten

_WAY_OUT = 'or start a new run from the weights with --cfg-options load_from=PATH.'


def scheduler_states(schedulers: Any) -> Any:
    """Return the states of schedulers as plain data; functions are rebuilt from the config."""
    if isinstance(schedulers, dict):
        return {name: scheduler_states(items) for name, items in schedulers.items()}
    return [
        {key: value for key, value in item.state_dict().items() if not callable(value)}
        for item in schedulers or []
    ]


def resume_optimizers(
    runner: LessonRunnerLike, checkpoint: Mapping[str, Any], filename: str
) -> None:
    """Restore optimizers and schedulers; settings that the config has changed are the config's.

    A changed learning rate or schedule applies as if it had from the first epoch on: the schedulers
    of the config are advanced to the position of the checkpoint. Each difference is logged.
    Without any, the states are restored as they were.

    Args:
        runner: A runner whose optimizers and schedulers are as built.
        checkpoint: Its 'optimizer_settings' are those of the run that wrote it; without them, the
            arguments in the states of optimizer and schedulers are compared.
        filename: What to call the checkpoint in an error.

    Raises:
        UserError: If the optimizer is another, or the schedule depends on earlier validations.
    """
    wrappers, saved = wrappers_by_name(runner.optim_wrapper), checkpoint['optimizer']
    states = {ONLY: saved} if 'param_groups' in saved else saved
    if set(states) != set(wrappers):
        raise _refusal(filename, f'optimizers {sorted(states)}', str(sorted(wrappers)))
    now = describe(runner.optim_wrapper, runner.param_schedulers)
    then = checkpoint.get('optimizer_settings') or {}
    position = checkpoint['loop']['epoch'], checkpoint['loop']['iter'], len(runner.train_dataloader)
    for name, wrapper in wrappers.items():
        old = of_optimizer(checkpoint['param_schedulers'], name)
        settings = then.get(name) or describe_states(states[name], old)
        part = _Resumed(wrapper, of_optimizer(runner.param_schedulers, name), now[name], settings)
        part.require_same_optimizer(states[name], filename)
        for line in dict.fromkeys(part.differences()):  # groups often differ in the same way
            runner.logger.warning(f'{line}, as the config says.')
        part.load(states[name], old, position, filename)


class _Resumed:
    """An optimizer and its schedulers as built, with the settings of the config and those then."""

    def __init__(self, wrapper: Any, schedulers: list[Any], now: Settings, then: Settings) -> None:
        self.wrapper, self.schedulers = wrapper, schedulers
        self.now, self.then = now, then
        self.is_same_list = are_alike(now['schedulers'], then['schedulers'])
        self.of_groups = list(map(changed, now['groups'], then['groups']))
        self.of_schedulers = list(map(changed, now['schedulers'], then['schedulers']))

    def require_same_optimizer(self, state: Mapping[str, Any], filename: str) -> None:
        """Raise a `UserError` if the state is that of another optimizer."""
        known, wanted = self.then['type'], self.now['type']
        if known is None:  # a version of torch may know more arguments, but not others
            old, new = (set().union(*part['groups']) for part in (self.then, self.now))
            if old - new and new - old:
                named = ', '.join(sorted(old - new))
                raise _refusal(filename, f'the state of an optimizer with {named}', wanted)
        elif known != wanted:
            raise _refusal(filename, f'the state of {known}', wanted)
        groups = state['param_groups'], self.wrapper.optimizer.param_groups
        then, now = ([len(group['params']) for group in part] for part in groups)
        if then != now or len(groups_of(state)) != len(self.wrapper.param_groups):
            texts = [f'{len(x)} parameter group(s) of {sum(x)} tensors' for x in (then, now)]
            raise _refusal(filename, *texts)

    def differences(self) -> list[str]:
        """Return a phrase for each setting that has changed."""
        pairs = [*zip(self.of_groups, self.now['groups'], self.then['groups'], strict=True)]
        if self.is_same_list:
            old = self.then['schedulers']
            pairs += zip(self.of_schedulers, self.now['schedulers'], old, strict=True)
        phrases = [
            f'{key.lstrip("_")} of {new.get("type") or self.now["type"]} is {shorten(new[key])}, '
            f'no longer {shorten(old[key])}'
            for keys, new, old in pairs
            for key in keys
        ]
        if not self.is_same_list:
            new_types, old_types = (
                ', '.join(item['type'] or 'another type' for item in part['schedulers']) or 'none'
                for part in (self.now, self.then)
            )
            phrases.append(f'param_scheduler is {new_types}, no longer {old_types}')
        return phrases

    def load(
        self,
        state: Mapping[str, Any],
        scheduler_states: list[Any],
        position: tuple[int, int, int],
        filename: str,
    ) -> None:
        """Load the states, with what the config has changed.

        Args:
            state: Of the optimizer.
            scheduler_states: Of its schedulers.
            position: Epochs, iterations, and iterations of an epoch.
            filename: What to call the checkpoint in an error.

        Raises:
            UserError: If a changed schedule cannot be advanced to this position.
        """
        names = self._scheduled_names()
        is_base_changed = any(name in keys for keys in self.of_groups for name in names)
        if self.is_same_list and not is_base_changed and not any(self.of_schedulers):
            self._load_optimizer(state, ())
            self._load_schedulers(scheduler_states)
        elif self._depends_on_validations(filename):
            self._scale_values(groups_of(state), names)
            self._load_optimizer(state, names)
            self._load_schedulers(scheduler_states)
        else:
            self._advance(*position, filename)
            self._load_optimizer(state, names)

    def _scheduled_names(self) -> tuple[str, ...]:
        """Return the settings of a group that schedulers change, now or then."""
        found = self.now['schedulers'] + self.then['schedulers']
        names = [scheduler['param_name'] for scheduler in found]
        if any(scheduler.get('use_betas') for scheduler in found):
            names.append('betas')
        return tuple(dict.fromkeys(names))

    def _depends_on_validations(self, filename: str) -> bool:
        new, old = self.now['schedulers'], self.then['schedulers']
        if not any(map(is_plateau, [*new, *old])):
            return False
        others = zip(self.of_schedulers, new, strict=False)
        if not self.is_same_list or any(keys and not is_plateau(item) for keys, item in others):
            raise UserError(
                f'param_scheduler differs from that of {filename}, and ReduceOnPlateauLR depends '
                f'on earlier validations, which are not stored. Put it back, {_WAY_OUT}'
            )
        return True

    def _scale_values(self, saved_groups: list[Settings], names: Iterable[str]) -> None:
        """Set scheduled values to those of the config, reduced as often as they were."""
        groups = zip(
            self.wrapper.param_groups,
            saved_groups,
            self.now['groups'],
            self.then['groups'],
            strict=True,
        )
        for group, saved, new, old in groups:
            for name in names:
                if name in saved and new.get(name) == old.get(name):
                    group[name] = saved[name]
                elif name in saved and isinstance(old.get(name), int | float) and old[name]:
                    group[name] = saved[name] * new[name] / old[name]

    def _advance(self, epochs: int, iterations: int, epoch_length: int, filename: str) -> None:
        """Step the schedulers as `ParamSchedulerHook` has by this position."""
        self.wrapper._global_step = 0  # schedulers warn where the optimizer has taken no step
        by_iteration = [item for item in self.schedulers if not item.by_epoch]
        by_epoch = [item for item in self.schedulers if item.by_epoch]
        finished = 0
        try:
            for iteration in range(1, iterations + 1):
                _step(by_iteration)
                if iteration % epoch_length == 0 and finished < epochs:
                    _step(by_epoch)
                    finished += 1
            for _ in range(finished, epochs):  # epochs were shorter then
                _step(by_epoch)
        except ValueError as err:  # OneCycleLR after its last step
            raise UserError(
                f'param_scheduler ends before iteration {iterations}, where {filename} was written '
                f'({err}). Let it end later, {_WAY_OUT}'
            ) from None

    def _load_optimizer(self, state: Mapping[str, Any], rescheduled: Iterable[str]) -> None:
        """Load its state, but for settings that have changed and values of a changed schedule."""
        owned = [key for name in rescheduled for key in (name, *companions(name))]
        merged = []
        for saved, group, keys in zip(
            groups_of(state), self.wrapper.param_groups, self.of_groups, strict=True
        ):
            kept = {key: value for key, value in saved.items() if key not in owned}
            own = {key: group[key] for key in (*keys, *owned) if key in group}
            merged.append({**kept, **own})
        count = len(state['param_groups'])
        base = {'base_param_settings': merged[count]} if merged[count:] else {}
        self.wrapper.load_state_dict({**state, 'param_groups': merged[:count], **base})

    def _load_schedulers(self, states: list[Any]) -> None:
        for scheduler, state, keys in zip(self.schedulers, states, self.of_schedulers, strict=True):
            kept = {*keys, *(['base_values'] if any(self.of_groups) else [])}
            if {'monitor', 'rule'} & kept:  # the best of one metric says nothing of another
                kept |= {*JUDGEMENT}
            scheduler.load_state_dict({k: v for k, v in state.items() if k not in kept})


def _step(schedulers: Iterable[Any]) -> None:
    for scheduler in schedulers:
        scheduler.step()


def _refusal(filename: str, then: str, now: str) -> UserError:
    return UserError(
        f'{filename} holds {then}, but the config has {now}. Put the optimizer back, {_WAY_OUT}'
    )
