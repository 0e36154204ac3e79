/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/port_string.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/strv.h"

#define FORM "[IP:][HOST[-END]:]CONTAINER[-END][/PROTOCOL]"

static const char *const protocols[] = {"tcp", "udp", "sctp"};

static int parse_port(const char *s, const char *text, bool zero, uint16_t *ret, struct err *err)
{
	uint64_t v;

	if (parse_uint(text, UINT16_MAX, &v, NULL) < 0 || (!v && !zero))
		return err_set(
			err, ERR_INVALID,
			"invalid port '%.128s': '%.32s' is no port, expected a number from 1 to "
			"65535",
			s, text);
	*ret = (uint16_t)v;
	return 0;
}

/* PORT[-END] in text, which is cut at the dash. */
static int parse_range(const char *s, char *text, bool zero, uint16_t *first, uint16_t *last,
		       struct err *err)
{
	char *dash = strchr(text, '-');

	if (dash)
		*dash = '\0';
	if (parse_port(s, text, zero && !dash, first, err) < 0)
		return -1;
	*last = *first;
	if (!dash)
		return 0;
	if (parse_port(s, dash + 1, false, last, err) < 0)
		return -1;
	if (*last < *first)
		return err_set(err, ERR_INVALID,
			       "invalid port '%.128s': the range %u-%u ends before it begins", s,
			       *first, *last);
	return 0;
}

static int parse_protocol(const char *s, struct arena *a, const char *text, char **ret,
			  struct err *err)
{
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strcasecmp(text, protocols[i]) == 0) {
			*ret = arena_strdup(a, protocols[i]);
			return 0;
		}
	}
	(void)err_set(err, ERR_INVALID,
		      "invalid port '%.128s': unknown protocol '%.32s', accepted: tcp, udp, sctp",
		      s, text);
	near = str_nearest(text, protocols, ARRAY_SIZE(protocols));
	return near ? err_hint(err, "did you mean '%s'?", near) : -1;
}

/* An address, with or without brackets around an IPv6 one. "" means all. */
static int parse_ip(const char *s, char *text, char **ret, struct err *err)
{
	size_t len = strlen(text);
	struct in6_addr addr;
	bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';

	if (!len) {
		*ret = NULL;
		return 0;
	}
	if (brackets) {
		text[len - 1] = '\0';
		text++;
	}
	if (inet_pton(AF_INET6, text, &addr) != 1 &&
	    (brackets || inet_pton(AF_INET, text, &addr) != 1)) {
		(void)err_set(err, ERR_INVALID, "invalid port '%.128s': '%.64s' is no IP address",
			      s, text);
		return strcmp(text, "localhost") == 0 ? err_hint(err, "use 127.0.0.1") : -1;
	}
	*ret = text;
	return 0;
}

static int check_ranges(const char *s, const struct port_request *p, struct err *err)
{
	unsigned host = (unsigned)(p->host_port_end - p->host_port) + 1;
	unsigned container = (unsigned)(p->container_port_end - p->container_port) + 1;

	/* One container port may ask for any free one of a host range. */
	if (!p->host_port || host == container || container == 1)
		return 0;
	return err_set(
		err, ERR_INVALID,
		"invalid port '%.128s': %u host ports for %u container ports, the ranges must be "
		"equally long",
		s, host, container);
}

int port_parse(struct arena *a, const char *s, struct port_request *ret, struct err *err)
{
	char *text = arena_strdup(a, s);
	struct port_request p = {.protocol = NULL};
	char *container = text, *host = NULL, *slash, *colon;

	slash = strrchr(text, '/');
	if (slash)
		*slash = '\0';
	if (parse_protocol(s, a, slash ? slash + 1 : "tcp", &p.protocol, err) < 0)
		return -1;
	/* From the right: the address may hold colons itself. */
	colon = strrchr(text, ':');
	if (colon) {
		*colon = '\0';
		container = colon + 1;
		host = text;
		colon = strrchr(text, ':');
		if (colon) {
			*colon = '\0';
			host = colon + 1;
			if (parse_ip(s, text, &p.host_ip, err) < 0)
				return -1;
		}
	}
	if (!*container)
		return err_set(
			err, ERR_INVALID,
			"invalid port '%.128s': the container's port is missing, expected " FORM,
			s);
	if (parse_range(s, container, false, &p.container_port, &p.container_port_end, err) < 0)
		return -1;
	if (host && *host && parse_range(s, host, true, &p.host_port, &p.host_port_end, err) < 0)
		return -1;
	if (check_ranges(s, &p, err) < 0)
		return -1;
	*ret = p;
	return 0;
}
