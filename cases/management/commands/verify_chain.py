"""``manage.py verify_chain``: check the event chain of one case or of all."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from cases import sealed_work
from cases.models import Case
from cases.verification import verify_all, verify_case
from grids.commanding import SpeakingCommand


class Command(SpeakingCommand):
    help = "Verify the hash chain of cases; exit code 1 when something was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", help="case numbers; all cases when none")

    def handle(self, *args: Any, **options: Any) -> None:
        if numbers := options["numbers"]:
            cases = list(Case.objects.filter(number__in=numbers))
            if missing := set(numbers) - {case.number for case in cases}:
                raise CommandError(f"no such case: {', '.join(sorted(missing))}")
            wrong = [line for case in cases for line in verify_case(case)]
            count = len(cases)
        else:
            count = Case.objects.count()
            wrong = [*verify_all(), *sealed_work.verify_all()]
        for line in wrong:
            self.stderr.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} broken links")
        self.stdout.write(f"{count} cases verify")
