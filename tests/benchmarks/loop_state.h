/* The state of the loop: happenings in heaps, workers with what they show, the idle, and agendas. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t key;

#define NONE (-1)
#define NOTHING UINT64_MAX
#define CHUNK 64 /* numbers in a chunk, the last of which leads to the next */
enum { WORK = 1, ANSWER = 2, AGENDA = 3, ARRIVAL = 5, MATCHING = 6, PATIENCE = 7 };
enum { COMPLETED, ABANDONED, CANCELED, WAITING, IN_PROGRESS };
enum { PENDING, ACCEPTED, REJECTED, TIMEOUT, RES_CANCELED };
enum { IDLE, RESERVED, BUSY, WRAP_UP };

/* The same fields, in the same order, as in loop.py. */
struct plan {
    int64_t horizon, tasks, workers, lanes, skill_sets, steps;
    const bool *available;
    const int32_t *skill_set;
    const int64_t *first;
    const int32_t *activity;
    const int64_t *duration, *deadline;
    const int32_t *task_type, *lane;
    const int64_t *arrival, *handle_time, *wrap_up_time;
    const int32_t *wrap_up_activity;
    const int64_t *patience, *response;
    const int32_t *task_queue;
    const bool *accepts;
    const int32_t *reservation_activity, *assignment_activity;
};

struct rows {
    int32_t *spell_worker;
    int16_t *spell_activity;
    int64_t *spell_start, *spell_end;
    bool *spell_finished;
    int32_t *task;
    int16_t *task_type, *task_queue;
    int32_t *worker;
    int64_t *arrival, *reserved, *accepted, *handled, *completed;
    int8_t *outcome;
    int32_t *res_task, *res_worker;
    int64_t *res_created, *res_ended;
    int8_t *res_status;
    int64_t spells, reservations;
};

struct worker {
    key *change;             /* where the next change of activity goes */
    key idle_key;            /* when its last task ended, and its index */
    int32_t previous, next;  /* neighbours among the idle */
    int32_t step, last;
    int32_t lane;            /* of the task in hand */
    int16_t activity, agenda_activity;
    uint8_t phase, skill_set;
    bool draining, idle;
    int32_t index;
} __attribute__((aligned(64)));

struct heap {
    key *at;
    int64_t size;
    bool hole; /* whether the first place is free: what comes next fills it without a pop */
};

struct clock {
    const struct plan *plan;
    struct rows *rows;
    struct worker *workers;
    struct heap working, agendas;
    key *chunks, *next_chunk;
    key departed;                   /* the last departure of a caller */
    int64_t now;
    int index_bits, time_bits;      /* how far index and time are shifted */
    key index_mask;
    uint64_t waiting, idle, fresh;  /* lanes in which tasks wait, sets with idle workers, lanes to be matched */
    uint64_t sets_of[64], lanes_of[64];
    key head_key[64];               /* of the first idle worker of each set */
    int32_t head[64], tail[64];
    int32_t first_waiting[64], last_waiting[64];
    int32_t *behind;                /* who waits behind each task */
    int32_t *made;                  /* tasks in the order of their reservations */
    int64_t reservations;
};

static inline key pack(const struct clock *c, int64_t time, key rank, int64_t index)
{
    return (key)time << c->time_bits | rank << c->index_bits | (key)index;
}

/* --- heaps: places from size on hold NOTHING, so the smaller child is found without asking for the end --- */

static inline void sift(struct heap *h, key moved)
{
    key *at = h->at;
    int64_t place = 0, child = 1, size = h->size;
    while (child < size) {
        child += at[child + 1] < at[child];
        key least = at[child];
        if (moved <= least)
            break;
        at[place] = least;
        place = child;
        child = 2 * place + 1;
    }
    at[place] = moved;
}

static inline void push(struct heap *h, key added)
{
    if (h->hole) {
        h->hole = false;
        sift(h, added);
        return;
    }
    key *at = h->at;
    int64_t place = h->size++;
    while (place && added < at[(place - 1) >> 1]) {
        at[place] = at[(place - 1) >> 1];
        place = (place - 1) >> 1;
    }
    at[place] = added;
}

static inline key peek(const struct heap *h)
{
    if (!h->hole)
        return h->at[0];
    return h->at[1] < h->at[2] ? h->at[1] : h->at[2];
}

static inline key top(struct heap *h)
{
    if (h->hole) {
        h->hole = false;
        key last = h->at[--h->size];
        h->at[h->size] = NOTHING;
        if (h->size)
            sift(h, last);
    }
    return h->at[0];
}

static bool make_heap(struct heap *h, int64_t most)
{
    h->at = malloc((most + 3) * sizeof(key));
    h->size = 0;
    h->hole = false;
    if (h->at)
        memset(h->at, 0xff, (most + 3) * sizeof(key));
    return h->at != NULL;
}

/* --- what workers show --- */

static inline void show(struct clock *c, struct worker *w, int16_t activity)
{
    if (activity == w->activity)
        return;
    w->activity = activity;
    *w->change++ = (key)c->now << 8 | (key)activity;
    if (((uintptr_t)w->change & (CHUNK * sizeof(key) - 1)) == (CHUNK - 1) * sizeof(key)) {
        *w->change = (key)(c->next_chunk - c->chunks);
        w->change = c->next_chunk;
        c->next_chunk += CHUNK;
    }
}

/* --- the idle: a list for each skill set, by the end of the last task; hardly ever is a newcomer not the last --- */

static inline void set_head(struct clock *c, int set, int32_t worker)
{
    c->head[set] = worker;
    if (worker == NONE) {
        c->head_key[set] = NOTHING;
        c->idle &= ~(1ull << set);
    } else {
        c->head_key[set] = c->workers[worker].idle_key;
        c->idle |= 1ull << set;
    }
}

static inline void become_idle(struct clock *c, struct worker *w)
{
    int set = w->skill_set;
    int32_t before = c->tail[set], behind = NONE;
    while (before != NONE && c->workers[before].idle_key > w->idle_key) {
        behind = before;
        before = c->workers[before].previous;
    }
    w->idle = true;
    w->previous = before;
    w->next = behind;
    if (behind == NONE)
        c->tail[set] = w->index;
    else
        c->workers[behind].previous = w->index;
    if (before == NONE)
        set_head(c, set, w->index);
    else
        c->workers[before].next = w->index;
    c->fresh |= c->lanes_of[set];
}

static inline void leave_idle(struct clock *c, struct worker *w)
{
    int set = w->skill_set;
    w->idle = false;
    if (w->next == NONE)
        c->tail[set] = w->previous;
    else
        c->workers[w->next].previous = w->previous;
    if (w->previous == NONE)
        set_head(c, set, w->next);
    else
        c->workers[w->previous].next = w->next;
}

/* Show what the agenda says, as nothing is in hand, and be idle or not accordingly. */
static inline void settle(struct clock *c, struct worker *w)
{
    show(c, w, w->agenda_activity);
    bool open = c->plan->available[w->activity];
    if (open && !w->idle)
        become_idle(c, w);
    else if (!open && w->idle)
        leave_idle(c, w);
}

/* --- agendas --- */

static void advance(struct clock *c, struct worker *w)
{
    const struct plan *p = c->plan;
    int32_t step = w->step + 1;
    while (step < w->last && p->deadline[step] <= c->now)
        step++;
    w->draining = w->phase != IDLE && !p->available[p->activity[step]];
    if (w->draining)
        return;
    w->step = step;
    w->agenda_activity = (int16_t)p->activity[step];
    if (step == w->last)
        return;
    int64_t end = c->now + p->duration[step];
    if (p->deadline[step] < end)
        end = p->deadline[step];
    if (end < p->horizon)
        push(&c->agendas, pack(c, end, AGENDA, w->index));
}

static void fall_due(struct clock *c, struct worker *w)
{
    c->agendas.hole = true;
    advance(c, w);
    if (w->phase == IDLE)
        settle(c, w);
}
