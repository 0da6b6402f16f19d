import re

import pytest

from gateway.assets import WEB
from gateway.script_text import without_comments

SCRIPTS = sorted(path for path in WEB.glob("*/**/*.js") if path.parent.name != "vendor")


def test_lines_of_comment_are_emptied_and_all_others_keep_their_number():
    source = b"// head\nlet a; // stays\n/** one line */\n/**\n * many\n */\nlet b;\n  /* c */ let d;\n"
    assert without_comments(source) == b"\nlet a; // stays\n\n\n\n\nlet b;\n  /* c */ let d;\n"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_has_no_template_with_a_line_that_looks_like_a_comment(path):
    code = without_comments(path.read_bytes()).decode()
    assert code.count("\n") == path.read_text().count("\n")
    templates = re.findall(r"`[^`]*`", path.read_text())
    assert not [template for template in templates if re.search(r"\n\s*(//|/\*)", template)]
