# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""How the page says what was decided and what is shown."""

from __future__ import annotations

from collections.abc import Sequence

from featuremap_ros.why.moments import Decision, WorstMoment

_REDUCED = {'mean': 'mean of all', 'max': 'strongest of all', 'energy': 'energy of all'}


def steering_in_words(value: float, degrees: float | None) -> str:
    """Say a steering: ``'14.2° left'``, or ``'0.50 left'`` where degrees are not known.

    Args:
        value: In the model's units, + = left.
        degrees: What 1 stands for.
    """
    size = f'{abs(value):.2f}' if degrees is None else f'{abs(value) * degrees:.1f}°'
    if float(size.rstrip('°')) == 0:
        return 'straight on'
    return f'{size} {"left" if value > 0 else "right"}'


def moment_in_words(
    moment: WorstMoment, decisions: Sequence[Decision], degrees: float | None
) -> str:
    """Say what makes a moment bad.

    Args:
        moment: One of the decisions.
        decisions: Of the race, in order.
        degrees: What a steering of 1 stands for.
    """
    at = [decision.stamp_ns for decision in decisions].index(moment.stamp_ns)
    now = decisions[at]
    pilot = steering_in_words(now.steering, degrees)
    if moment.reason == 'disagreement' and now.driver is not None:
        return f'disagreement: pilot {pilot}, driver {steering_in_words(now.driver, degrees)}'
    if moment.reason == 'jump' and at:
        before = steering_in_words(decisions[at - 1].steering, degrees)
        return f'jump from {before} to {pilot} within a frame'
    if moment.reason == 'low confidence' and now.confidence is not None:
        return f'confidence of only {now.confidence:.2f} in {pilot}'
    if moment.reason == 'asked':
        recorded = '' if now.driver is None else steering_in_words(now.driver, degrees)
        return f'asked for: pilot {pilot}' + (recorded and f', driver {recorded}')
    return moment.reason


def view_in_words(
    layer: str,
    reduce: str,
    *,
    channels: int | None = None,
    cells: tuple[int, int] | None = None,
    field: tuple[float, float] | None = None,
) -> str:
    """Say what an overlay shows.

    Args:
        layer: Its name.
        reduce: How its channels become one map, see ``View``.
        channels: Of the layer, if known.
        cells: Columns and rows of the map, if known.
        field: What one cell sees, width and height (camera pixels), if known.
    """
    if reduce.startswith('channel:'):
        what = f'channel {reduce.removeprefix("channel:")}'
    else:
        count = '' if channels is None else f'{channels} '
        what = f'{_REDUCED.get(reduce, reduce)} {count}channels'
    parts = [f'{layer}: {what}']
    if cells is not None:
        parts.append(f'{cells[0]} x {cells[1]} cells')
    if field is not None:
        parts.append(f'each sees {field[0]:.0f} x {field[1]:.0f} px of the picture')
    return f'{", ".join(parts)}.'
