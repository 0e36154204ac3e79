/* SPDX-License-Identifier: Apache-2.0 */
/* The strings of -p and --publish as typed values. Lexical only: no name is resolved. */
#ifndef ONGGI_OCI_PORT_STRING_H
#define ONGGI_OCI_PORT_STRING_H

#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

struct port_request {
	char *host_ip;			   /* NULL: all */
	uint16_t host_port, host_port_end; /* 0: chosen by us */
	uint16_t container_port, container_port_end;
	char *protocol; /* "tcp", "udp", "sctp" */
};
/*
 * [IP:][HOST[-END]:]CONTAINER[-END][/PROTOCOL]. The ends of ranges are inclusive, and equal the
 * first port where there is no range. A host range for one container port means any free one of it.
 * Errors: ERR_INVALID.
 */
int port_parse(struct arena *a, const char *s, struct port_request *ret, struct err *err);

#endif
