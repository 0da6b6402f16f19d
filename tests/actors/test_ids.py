import os
import re

from actors.ids import POOL_IDS, new_id


def test_ids_are_twenty_hexadecimal_digits_and_never_come_again() -> None:
    ids = [new_id() for _ in range(3 * POOL_IDS)]
    assert all(re.fullmatch("[0-9a-f]{20}", one) for one in ids)
    assert len(set(ids)) == len(ids)


def test_forked_process_gives_other_ids_than_its_parent() -> None:
    new_id()  # so that there is a pool to inherit
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)
    assert theirs not in [new_id() for _ in range(2 * POOL_IDS)]
