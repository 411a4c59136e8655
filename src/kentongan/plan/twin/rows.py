"""What the clockwork reads and writes: rows of numbers, as lists or as arrays.

Tables of several dimensions lie flat, the last one running fastest; a comment names the order.
Times are in the unit of the tables, seconds by default, from the beginning of the run.
"""

from typing import Any, Final, NamedTuple, TypeAlias

Row: TypeAlias = Any
"""A list or an array of numbers. The clockwork is checked by its tests, interpreted against
compiled, because a compiler's type is not one of Python's."""

HOURS_OF_WEEK: Final = 168
HOUR_S: Final = 3_600.0
NOBODY: Final = -1
INFINITE: Final = float("inf")
FILLS: Final = 1
STANDS_IN: Final = 2
PLAINER: Final = 1
LOWER: Final = 2
BAYS_MAX: Final = 8
SEATS_MAX: Final = 100


class Town(NamedTuple):
    """Nodes and the roads between them. `bays` is how many patients a hospital takes over at a
    time, 0 without a limit; `reach` says which areas are covered from a node. `near` are the nodes
    that can be nearest in each cell of a grid (`twin.nearest`), `cells` on each side."""

    nodes: int
    x: Row
    y: Row
    seconds: Row  # [band, to, from], infinite without a road
    metres: Row  # [from, to]
    hospitals: int
    hospital: Row  # the node of each
    bays: Row
    areas: int
    reach: Row  # [node, area]
    near: Row  # those of cell c are near[near_first[c] : near_first[c + 1]]
    near_first: Row
    cells: int
    left: float
    bottom: float
    per_x: float
    per_y: float


class Fleet(NamedTuple):
    """Units. `pace` is over the table's times, `turnout` before they roll from home; `tier` is the
    core's fit (smaller is better, -1 none), `fills` 1 for all a line asks, 2 for a part; `spares`
    says whether one may go in another's place, 1 as a plainer and 2 as a lower one; without
    `has_spares` nobody may and it is empty."""

    units: int
    home: Row
    pace: Row
    turnout: Row
    roster: Row  # [hour of the week, unit], 1 on duty
    tier: Row  # [plan, unit]
    fills: Row  # [line, unit]
    has_spares: int
    spares: Row  # [other, unit]


class Plans(NamedTuple):
    """What each plan sends: its seats are `line[first[plan] : first[plan + 1]]`."""

    first: Row
    line: Row
    carries: Row  # by line, 1 when its unit takes patients to hospital


class Work(NamedTuple):
    """Incidents in order of `ready`, when somebody may be sent. `stray` is the road's chance,
    `weather` a factor by hour of the run, of which there are `hours`, `carried` 1 when there is
    somebody to take to hospital; `seat` is where the incident's seats begin in the results."""

    size: int
    ready: Row
    node: Row
    plan: Row
    urgency: Row
    carried: Row
    scene: Row
    handover: Row
    stray: Row
    seat: Row
    hours: int
    weather: Row


class Rules(NamedTuple):
    """`band` by hour of the week; `first_hour` is the hour at which the run begins; `high` makes a
    latest arrival of a reckoned one; `home_pace` is driving without siren over driving with it;
    `spares` weighs what a unit leaves uncovered; `waits` counts a hospital's queue when one is
    chosen; `own_first` is by how much later mutual aid counts."""

    band: Row
    first_hour: int
    high: float
    home_pace: float
    spares: int
    waits: int
    own_first: float


class Seats(NamedTuple):
    """What became of each seat, one row each; `second` is who would have been next, `considered`
    how many could have come, `expected` how long it was to take at the latest."""

    incident: Row
    unit: Row
    decided: Row
    arrived: Row
    left: Row
    clear: Row
    hospital: Row
    metres: Row
    expected: Row
    considered: Row
    second: Row
    second_expected: Row


class Now(NamedTuple):
    """How the fleet stands: scratch of a run."""

    busy: Row
    start: Row  # node where a way home began
    left: Row
    back: Row
    latest: Row
    counts: Row  # the latest arrival as the core's order counts it, mutual aid later
    minute: Row  # of what counts
    uncovered: Row
    place: Row
    open: Row  # 1 while the unit may be picked for the incident at hand
    can: Row  # 1 when it can come at all
    last: Row  # the seat it worked last
    homeward: Row  # metres of the way home
    holder: Row  # by seat of the plan at hand
    came: Row
    queue: Row
    queue_from: Row
    free_at: Row  # [hospital, bay]
    covered: Row  # by area


class Twin(NamedTuple):
    """Everything together."""

    town: Town
    fleet: Fleet
    plans: Plans
    work: Work
    rules: Rules
    seats: Seats
    now: Now
