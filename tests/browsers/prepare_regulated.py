"""The site of `prepare`, with a study that demands declarations: ``python -m tests.browsers.prepare_regulated DIR``."""

import sys
from pathlib import Path

from tests.browsers import prepare

TERMS = "# Terms of use\n\nThe data of this study are used for **research** and are passed on to nobody."
PURPOSE, IRB_NUMBER = "Survival analysis", "IRB-2026-0042"


def main(data: Path) -> None:
    """Fill the directory."""
    prepare.main(data)
    from keyhouse.accounts.groups import find
    from keyhouse.authz import folders
    from keyhouse.core.permissions import Role
    from keyhouse.core.phi import PhiLevel
    from keyhouse.declarations.demands import OwnDemand
    from keyhouse.server import site_of
    from keyhouse.settings import load

    site = site_of(load(data), has_pages=False)
    study, by = folders.find(prepare.FOLDER), prepare._BY
    site.terms.write(folders.find("/home"), TERMS, 0, by)
    wanted = OwnDemand(
        wants_purpose=True,
        purposes=(PURPOSE, "Quality assurance"),
        wants_irb_number=True,
        irb_pattern=r"IRB-\d{4}-\d{4}",
        irb_hint="IRB, the year and four digits",
        wants_phi_level=True,
        wants_signature=True,
        meaning="I need these data for the purpose above.",
        requires_phi_roles=True,
    )
    site.demands.change(study, wanted, by)
    site.assignments.assign(Role.FULL_PHI_READER, find("Analysts"), "Analysts", study, by)
    site.table_marks.set_table(study, "clinical", "patients", {"age": PhiLevel.FULL}, "patient_id", by)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
