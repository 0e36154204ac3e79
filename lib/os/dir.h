/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a directory without taking an error for its end. */
#ifndef ONGGI_OS_DIR_H
#define ONGGI_OS_DIR_H

#include <dirent.h>
#include <errno.h>

/*
 * The next entry. NULL at the end, with errno 0, and after an error, with errno: whoever decides by
 * what is not there, what nobody uses, say, must know which of both it was.
 */
static inline const struct dirent *dir_next(DIR *dir)
{
	errno = 0;
	return readdir(dir);
}

#endif
