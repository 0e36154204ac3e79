/* SPDX-License-Identifier: Apache-2.0 */
/* Emphasis for a person at a terminal, and only there. */
#ifndef ONGGI_BASE_COLOUR_H
#define ONGGI_BASE_COLOUR_H

#include <stdbool.h>

/* What a terminal obeys (ECMA-48, 8.3.117, SGR). */
#define COLOUR_BOLD   "\033[1m"
#define COLOUR_RED    "\033[1;31m"
#define COLOUR_YELLOW "\033[1;33m"
#define COLOUR_CYAN   "\033[36m"
#define COLOUR_END    "\033[0m"

/*
 * Does what reads fd show emphasis? Only a terminal does, unless NO_COLOR is set and not empty
 * (no-color.org), or TERM is "dumb" or not set. Allocates nothing: asked between fork and exec too.
 */
bool colour_wanted(int fd);

#endif
