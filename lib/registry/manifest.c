/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry.h"

void registry_manifest_done(struct registry_manifest *m)
{
	buf_done(&m->text);
	*m = (struct registry_manifest){.text = BUF_INIT};
}
