"""A fake IdoSell panel in a process of its own, told what to do line by line.

    python -m audsync.testing.idosell --orders 100000 --clients 40000 --seed 7

Prints `{"url": …, "key": …}` once it serves. Of the lines it reads, `happen 200` lets so many
things happen and `advance 3600` lets seconds pass; each line, empty ones too, is answered with
the calls so far, the panel's time and the seconds of CPU it has used. It ends with its input.
"""

import argparse
import json
import sys
import time

from audsync.testing.idosell import KEY, FakeIdoSell, LivingShop, Panel


def main() -> None:
    """Serve until there is no more input."""
    parser = argparse.ArgumentParser(prog="python -m audsync.testing.idosell")
    for name, default in (("orders", 1000), ("clients", 400), ("products", 300), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    panel = Panel()
    shop = LivingShop(panel, seed=asked.seed)
    shop.fill(orders=asked.orders, clients=asked.clients, products=asked.products)
    with FakeIdoSell(panel) as fake:
        _say({"url": fake.url, "key": KEY})
        for line in sys.stdin:
            match line.split():
                case ["happen", count]:
                    with fake.lock:
                        shop.happen(int(count))
                case ["advance", seconds]:
                    panel.clock.advance(seconds=int(seconds))
                case []:
                    pass
                case _:
                    _say({"error": "happen N, advance SECONDS, or an empty line"})
                    continue
            cpu = time.process_time()
            _say({"calls": dict(fake.calls), "now": panel.clock.now, "cpu": cpu})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main()
