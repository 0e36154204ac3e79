/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread fills the slots, under the library's lock. `handle` is set last and read first, so
 * whoever sees it sees every slot and needs no lock.
 */
#include "base/dl.h"

#include <dlfcn.h>
#include <string.h>

/* A slot holds a function pointer of any type. */
typedef void *__attribute__((may_alias)) dl_any;

static const char *dl_reason(void)
{
	const char *text = dlerror();

	return text ? text : "unknown reason";
}

/* Each library has a page of its name. */
static int dl_hint(const struct dl_library *lib, struct err *err)
{
	return err_hint(err, "apt install %s (onggi doctor %.*s)", lib->package,
			(int)strcspn(lib->soname, "."), lib->soname);
}

static int load_locked(struct dl_library *lib, struct err *err)
{
	void *handle;

	if (lib->handle)
		return 0;
	handle = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		err_set(err, ERR_UNSUPPORTED, "library '%s' can't be opened: %s", lib->soname,
			dl_reason());
		return dl_hint(lib, err);
	}
	for (size_t i = 0; i < lib->n_symbols; i++) {
		if (dlsym(handle, lib->symbols[i].name))
			continue;
		err_set(err, ERR_UNSUPPORTED, "library '%s' lacks '%s': %s", lib->soname,
			lib->symbols[i].name, dl_reason());
		dlclose(handle);
		return dl_hint(lib, err);
	}
	for (size_t i = 0; i < lib->n_symbols; i++)
		*(dl_any *)lib->symbols[i].slot = dlsym(handle, lib->symbols[i].name);
	__atomic_store_n(&lib->handle, handle, __ATOMIC_RELEASE);
	return 0;
}

int dl_load(struct dl_library *lib, struct err *err)
{
	int r;

	if (__atomic_load_n(&lib->handle, __ATOMIC_ACQUIRE))
		return 0;
	pthread_mutex_lock(&lib->lock);
	r = load_locked(lib, err);
	pthread_mutex_unlock(&lib->lock);
	return r;
}
