/* SPDX-License-Identifier: GPL-2.0 */
/* trace.h - tracepoints: homeport:homeport_pick, homeport:homeport_home */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM homeport

#if !defined(HOMEPORT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HOMEPORT_TRACE_H

#include <linux/tracepoint.h>
#include <uapi/linux/homeport.h>

TRACE_DEFINE_ENUM(HOMEPORT_PICK_LOCAL);
TRACE_DEFINE_ENUM(HOMEPORT_PICK_NEAR);
TRACE_DEFINE_ENUM(HOMEPORT_PICK_FAR);
TRACE_DEFINE_ENUM(HOMEPORT_PICK_SPILL);
TRACE_DEFINE_ENUM(HOMEPORT_PICK_HASH);
TRACE_DEFINE_ENUM(HOMEPORT_HOME_SOURCE_INCOMING_CPU);
TRACE_DEFINE_ENUM(HOMEPORT_HOME_SOURCE_PINNED);
TRACE_DEFINE_ENUM(HOMEPORT_HOME_SOURCE_LEARNED);
TRACE_DEFINE_ENUM(HOMEPORT_HOME_SOURCE_ASSIGNED);

#define hp_show_pick(pick)					\
	__print_symbolic(pick,					\
			 { HOMEPORT_PICK_LOCAL,	"local" },	\
			 { HOMEPORT_PICK_NEAR,	"near" },	\
			 { HOMEPORT_PICK_FAR,	"far" },	\
			 { HOMEPORT_PICK_SPILL,	"spill" },	\
			 { HOMEPORT_PICK_HASH,	"hash" })

#define hp_show_source(source)						\
	__print_symbolic(source,					\
			 { HOMEPORT_HOME_SOURCE_INCOMING_CPU,		\
			   "incoming-cpu" },				\
			 { HOMEPORT_HOME_SOURCE_PINNED,	"pinned" },	\
			 { HOMEPORT_HOME_SOURCE_LEARNED, "learned" },	\
			 { HOMEPORT_HOME_SOURCE_ASSIGNED, "assigned" })

/* A pick. @index: the listener's, -1 when the stock kernel chooses. */
TRACE_EVENT(homeport_pick,
	    TP_PROTO(u32 group, int index, u32 flow_cpu, u32 pick),
	    TP_ARGS(group, index, flow_cpu, pick),

	    TP_STRUCT__entry(__field(u32, group)
			     __field(int, index)
			     __field(u32, flow_cpu)
			     __field(u32, pick)),

	    TP_fast_assign(__entry->group = group;
			   __entry->index = index;
			   __entry->flow_cpu = flow_cpu;
			   __entry->pick = pick;),

	    TP_printk("group=%u listener=%d flow_cpu=%u pick=%s",
		      __entry->group, __entry->index, __entry->flow_cpu,
		      hp_show_pick(__entry->pick))
);

/* A listener has another home. @old: none when not below the CPUs' number. */
TRACE_EVENT(homeport_home,
	    TP_PROTO(u32 group, u32 index, u32 old, u32 home, u32 source),
	    TP_ARGS(group, index, old, home, source),

	    TP_STRUCT__entry(__field(u32, group)
			     __field(u32, index)
			     __field(u32, old)
			     __field(u32, home)
			     __field(u32, source)),

	    TP_fast_assign(__entry->group = group;
			   __entry->index = index;
			   __entry->old = old;
			   __entry->home = home;
			   __entry->source = source;),

	    TP_printk("group=%u listener=%u old=%u home=%u source=%s",
		      __entry->group, __entry->index, __entry->old,
		      __entry->home, hp_show_source(__entry->source))
);

#endif /* HOMEPORT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
