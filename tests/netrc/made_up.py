"""Files made up of what netrc readers stumble over."""

import random

POOL = (
    b"machine machine h.test h.test other.test login alice password s3cret hunter2 bob default macdef init account "
    b'user # #x " s3\\cret "a\\"b" \\ p#w \'q\' port 8080 /\\x Machine "" , H.TEST'
).split(b" ")
BLANKS = [b" ", b" ", b" ", b"\n", b"\n", b"\t", b"\n\n", b"\r\n", b"  ", b"", b"\n \n", b"\x0c", b"\r"]


def made_up_file(choice: random.Random) -> bytes:
    if choice.random() < 0.5:
        return b"".join(choice.choice(POOL) + choice.choice(BLANKS) for _ in range(choice.randint(0, 20)))
    lines = []
    for _ in range(choice.randint(1, 4)):
        value, blank = choice.choice(POOL), choice.choice([b" ", b"\n", b"\n\t"])
        lines.append(
            choice.choice(
                [
                    b"machine h.test" + blank + b"login " + value + blank + b"password " + choice.choice(POOL) + b"\n",
                    b"machine other.test login bob password " + value + b"\n",
                    b"default login d password " + value + b"\n",
                    b"macdef m\nbin\n" + choice.choice([b"\n", b" \n", b"", b"\r\n"]),
                    choice.choice([b"# c\n", b"#c d\n", b"\n# machine h.test login old password oldkey\n"]),
                ]
            )
        )
    return b"".join(lines)
