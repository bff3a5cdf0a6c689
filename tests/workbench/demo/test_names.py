from itertools import combinations

from workbench.demo.dataset import WRITERS
from workbench.demo.names import name_pools


def test_every_surname_and_company_stem_belongs_to_one_pool():
    pools = name_pools(WRITERS)
    owned = [{*pool.surnames, *pool.company_stems} for pool in pools.values()]
    assert all(one.isdisjoint(other) for one, other in combinations(owned, 2))
    assert all(len(pool.surnames) >= 5 and len(pool.company_stems) >= 5 for pool in pools.values())


def test_the_deal_never_changes():
    assert name_pools(WRITERS) == name_pools(WRITERS)
