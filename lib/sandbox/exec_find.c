/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int exec_failed(const char *name, int sys, struct err *err)
{
	const char *why = strerror(sys);

	if (sys == ENOENT && !strchr(name, '/'))
		why = "executable file not found in $PATH";
	else if (sys == ENOENT)
		why = "no such file or directory";
	else if (sys == EACCES)
		why = "permission denied";
	else if (sys == EISDIR)
		why = "is a directory";
	else if (sys == ENOEXEC)
		why = "exec format error";
	err_set(err, ERR_EXEC, "exec \"%s\": %s", name, why);
	if (err)
		err->sys = sys;
	if (sys == ENOEXEC)
		err_hint(
			err,
			"a script needs a first line such as #!/bin/sh; a program must be made for "
			"this machine's architecture");
	return -1;
}

int exec_refused(const char *name, int sys, struct err *err)
{
	if (sys != ENOENT)
		return exec_failed(name, sys, err);
	err_set(err, ERR_EXEC, "exec \"%s\": no such file or directory", name);
	if (err)
		err->sys = sys;
	return err_hint(err,
			"the file is there, but not the program that its first line (#!) names, "
			"or the loader that it is linked for");
}

/* 0, or the errno with which it can't be executed. */
static int check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	/* A file forbids by EACCES; EPERM is a filter's, and real and effective ids are equal. */
	return errno == EPERM && access(path, X_OK) == 0 ? 0 : errno;
}

int exec_find(const char *name, const char *path, struct arena *a, const char **ret,
	      struct err *err)
{
	int found = ENOENT;

	if (strchr(name, '/')) {
		found = check(name);
		if (found)
			return exec_failed(name, found == ENOTDIR ? ENOENT : found, err);
		*ret = arena_strdup(a, name);
		return 0;
	}
	if (!path)
		path = EXEC_DEFAULT_PATH;
	while (*path) {
		size_t len = strcspn(path, ":");
		const char *candidate;
		int why;

		candidate = arena_printf(a, "%.*s/%s", (int)len, path, name);
		why = len > 0 ? check(candidate) : ENOENT;
		if (why == 0) {
			*ret = candidate;
			return 0;
		}
		if (why == EACCES)
			found = EACCES;
		path += len + (path[len] == ':');
	}
	return exec_failed(name, found, err);
}
