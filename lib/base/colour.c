/* SPDX-License-Identifier: Apache-2.0 */
#include "base/colour.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool colour_wanted(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	int saved = errno;
	bool terminal;

	if ((no_color && *no_color) || !term || !*term || strcmp(term, "dumb") == 0)
		return false;
	terminal = isatty(fd);
	errno = saved;
	return terminal;
}
