/* SPDX-License-Identifier: Apache-2.0 */
/* Does nothing: what `onggi --version` is held against. */
int main(void)
{
	return 0;
}
