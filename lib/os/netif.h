/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces of the calling thread's network namespace, by netlink. */
#ifndef ONGGI_OS_NETIF_H
#define ONGGI_OS_NETIF_H

#include "base/err.h"

/* Bring "lo" up. */
int netif_loopback_up(struct err *err);

#endif
