// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "order.h"

/* A label ends with a 0, or where there is no room for more. */
static bool is_complete(const struct order *o)
{
	switch (o->bytes[0]) {
	case ORDER_WRITE:
		return o->len > 1 && (!o->bytes[o->len - 1] ||
				      o->len == ORDER_MAX);
	case ORDER_ENTER:
	case ORDER_SPAN:
		return o->len == 10;
	case ORDER_WATCH:
		return o->len == 17;
	default:
		return true;
	}
}

bool order_take(struct order *o, uint8_t byte)
{
	o->bytes[o->len++] = byte;
	if (!is_complete(o))
		return false;
	if (o->len == ORDER_MAX)
		o->bytes[ORDER_MAX - 1] = 0;
	o->len = 0;
	return true;
}

uint64_t order_number(const struct order *o, unsigned int at)
{
	uint64_t n;

	memcpy(&n, o->bytes + at, sizeof(n));
	return n;
}
