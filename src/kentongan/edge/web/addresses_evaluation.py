"""The addresses of *Evaluasi*: figures, files of other centres, plans. A list, nothing else."""

from typing import Final

from kentongan.edge.web.evaluation_routes import PARAMS
from kentongan.edge.web.import_routes import MappingAsked
from kentongan.edge.web.jobs import JobBegun
from kentongan.edge.web.operation import Operation
from kentongan.edge.web.plan_routes import PlanAsked, PlanChoices

EVALUATION: Final = (
    Operation(
        method="get",
        path="/api/evaluation",
        summary="Intervals and targets",
        query=("from", "to", "training"),
    ),
    Operation(
        method="get",
        path="/api/evaluation/screen",
        summary="A part of the screen Evaluasi; an agency's own for its officer",
        query=(*PARAMS, "training"),
    ),
    Operation(
        method="get",
        path="/api/evaluation/cases.parquet",
        summary="The cases behind the screen, as a file without persons",
        query=(*PARAMS, "training"),
    ),
    Operation(
        method="post",
        path="/api/evaluation/imports",
        summary="A file of another centre, to be mapped; begins to look at it",
        answer=JobBegun,
        query=("name",),
    ),
    Operation(
        method="post",
        path="/api/evaluation/imports/{upload}",
        summary="Read that file by a mapping",
        body=MappingAsked,
        answer=JobBegun,
    ),
    Operation(
        method="get",
        path="/api/evaluation/imports/{upload}/defects.csv",
        summary="Every row of that file that was dropped or doubted, as CSV",
    ),
    Operation(method="delete", path="/api/evaluation/imports/{upload}", summary="Forget that file"),
    Operation(
        method="get",
        path="/api/evaluation/jobs/{job}",
        summary="How the work stands, and its answer",
    ),
    Operation(method="delete", path="/api/evaluation/jobs/{job}", summary="End that work"),
    Operation(
        method="get",
        path="/api/evaluation/plans",
        summary="What a plan may be about",
        answer=PlanChoices,
    ),
    Operation(
        method="post",
        path="/api/evaluation/plans",
        summary="Work out desks, posts or a what-if",
        body=PlanAsked,
        answer=JobBegun,
    ),
)
