"""What the dashboards show. One file each; the order is that of a look from above."""

from boards.backups import BACKUPS
from boards.capacity import CAPACITY
from boards.cluster import CLUSTER
from boards.comparison import COMPARISON
from boards.correlation import CORRELATION
from boards.guest import GUEST_DETAIL
from boards.node import NODES
from boards.relay import RELAY
from boards.storage import STORAGES

DASHBOARDS = [CLUSTER, NODES, GUEST_DETAIL, COMPARISON, CORRELATION, STORAGES, BACKUPS, CAPACITY,
              RELAY]
