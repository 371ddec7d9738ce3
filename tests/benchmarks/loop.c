/* The models of the benchmarks as a hand-written event loop: the yardstick for engines.

   It does what single-tasking plans ask for whose workers leave "deferred" and whose tasks are accepted by their first
   offer, have one priority and wait in FIFO lanes. Within these limits it obeys every rule of MODEL.md, whatever
   happens at one instant. What makes it fast:

   - A happening is one number, (time, rank, index) packed into 64 bits, so comparing two is one instruction.
   - A worker with a task in hand has exactly one happening ahead: an answer, the end of handle or wrap-up time, or the
     caller's hanging up, if that comes before the answer. So a heap holds as many as there are tasks in hand.
   - Arrivals come sorted, and steps of agendas have a heap of their own; both are merged with the first.
   - A caller who waits and gives up needs no happening: it is found gone when its turn comes.
   - After a matching no waiting task has an eligible worker, so the next one looks at lanes that something new has
     happened to, and nowhere else.
   - A change of activity is one number in a chunk of its worker; rows of the log are made of them at the end. */

#include "loop_state.h"

/* --- tasks --- */

static inline int64_t gives_up(const struct plan *p, int64_t task)
{
    int64_t patience = p->patience[task];
    return patience < 0 ? INT64_MAX : p->arrival[task] + patience;
}

static inline void depart(struct clock *c, int64_t task, int64_t when)
{
    c->rows->outcome[task] = ABANDONED;
    c->rows->completed[task] = when;
}

static inline void arrive(struct clock *c, int32_t task)
{
    int lane = c->plan->lane[task];
    uint64_t bit = 1ull << lane;
    if (c->waiting & bit)
        c->behind[c->last_waiting[lane]] = task;
    else
        c->first_waiting[lane] = task;
    c->last_waiting[lane] = task;
    c->waiting |= bit;
    c->fresh |= bit;
}

static inline void take_first(struct clock *c, int lane)
{
    int32_t task = c->first_waiting[lane];
    if (task == c->last_waiting[lane])
        c->waiting &= ~(1ull << lane);
    else
        c->first_waiting[lane] = c->behind[task];
}

/* Return the first task of a lane that has not given up before the present happening, or NONE. */
static inline int32_t first_task(struct clock *c, int lane)
{
    while (c->waiting >> lane & 1) {
        int32_t task = c->first_waiting[lane];
        int64_t end = gives_up(c->plan, task);
        if (end > c->now || (end == c->now && pack(c, end, PATIENCE, task) > c->departed))
            return task;
        depart(c, task, end);
        take_first(c, lane);
    }
    return NONE;
}

static inline void happen(struct clock *c, int64_t when, key rank, int64_t task)
{
    if (when < c->plan->horizon)
        push(&c->working, pack(c, when, rank, task));
}

static inline void note_reservation(struct clock *c, int32_t task)
{
    int64_t place = c->reservations++;
    while (place && c->made[place - 1] > task && c->rows->reserved[c->made[place - 1]] == c->now) {
        c->made[place] = c->made[place - 1];
        place--;
    }
    c->made[place] = task;
}

static inline void reserve(struct clock *c, int32_t task, int lane, struct worker *w)
{
    take_first(c, lane);
    leave_idle(c, w);
    w->phase = RESERVED;
    w->lane = lane;
    c->rows->worker[task] = w->index;
    c->rows->reserved[task] = c->now;
    note_reservation(c, task);
    show(c, w, (int16_t)c->plan->reservation_activity[lane]);
    int64_t answer = c->now + c->plan->response[task], end = gives_up(c->plan, task);
    if (answer > end)
        happen(c, end, PATIENCE, task);
    else
        happen(c, answer, ANSWER, task);
}

static inline struct worker *best_worker(struct clock *c, int lane)
{
    uint64_t sets = c->sets_of[lane] & c->idle;
    int best = __builtin_ctzll(sets);
    while (sets &= sets - 1) {
        int set = __builtin_ctzll(sets);
        best = c->head_key[set] < c->head_key[best] ? set : best;
    }
    return &c->workers[c->head[best]];
}

static inline void match(struct clock *c)
{
    uint64_t lanes = c->fresh & c->waiting;
    c->fresh = 0;
    while (lanes) {
        int32_t best = INT32_MAX;
        for (uint64_t left = lanes; left; left &= left - 1) {
            int lane = __builtin_ctzll(left);
            int32_t task = c->sets_of[lane] & c->idle ? first_task(c, lane) : NONE;
            if (task == NONE)
                lanes &= ~(1ull << lane);
            else if (task < best)
                best = task;
        }
        if (best == INT32_MAX)
            return;
        int lane = c->plan->lane[best];
        reserve(c, best, lane, best_worker(c, lane));
    }
}

static inline void release(struct clock *c, struct worker *w)
{
    w->phase = IDLE;
    w->idle_key = (key)(c->now + 1) << c->index_bits | (key)w->index;
    if (w->draining)
        advance(c, w);
    settle(c, w);
}

static inline void answer(struct clock *c, int32_t task, struct worker *w)
{
    const struct plan *p = c->plan;
    int64_t handled = c->now + p->handle_time[task], wrap_up = p->wrap_up_time[task];
    bool shown = wrap_up && p->wrap_up_activity[task] >= 0;
    c->rows->outcome[task] = IN_PROGRESS;
    c->rows->accepted[task] = c->now;
    if (handled < p->horizon)
        c->rows->handled[task] = handled;
    w->phase = shown ? BUSY : WRAP_UP;
    show(c, w, (int16_t)p->assignment_activity[w->lane]);
    happen(c, shown ? handled : handled + wrap_up, WORK, task);
}

static inline void end_work(struct clock *c, int32_t task, struct worker *w)
{
    if (w->phase == BUSY) {
        w->phase = WRAP_UP;
        show(c, w, (int16_t)c->plan->wrap_up_activity[task]);
        happen(c, c->now + c->plan->wrap_up_time[task], WORK, task);
        return;
    }
    c->rows->outcome[task] = COMPLETED;
    c->rows->completed[task] = c->now;
    release(c, w);
}

static inline void work(struct clock *c, key happening)
{
    int32_t task = (int32_t)(happening & c->index_mask);
    struct worker *w = &c->workers[c->rows->worker[task]];
    c->working.hole = true;
    switch (happening >> c->index_bits & 7) {
    case WORK:
        end_work(c, task, w);
        break;
    case ANSWER:
        answer(c, task, w);
        break;
    default:
        c->departed = happening;
        depart(c, task, c->now);
        release(c, w);
    }
}

#include "loop_log.h"

/* --- one run --- */

static inline key arrival_key(const struct clock *c, int64_t task)
{
    return task < c->plan->tasks ? pack(c, c->plan->arrival[task], ARRIVAL, task) : NOTHING;
}

static void run(struct clock *c)
{
    const key end = pack(c, c->plan->horizon, 0, 0);
    int64_t arrived = 0;
    key arrival = arrival_key(c, 0);
    for (;;) {
        key working = top(&c->working), other = top(&c->agendas);
        other = arrival < other ? arrival : other;
        key first = working < other ? working : other;
        if (first >= end)
            return;
        c->now = (int64_t)(first >> c->time_bits);
        if (working < other) {
            work(c, first);
        } else if (first == arrival) {
            arrive(c, (int32_t)arrived);
            arrival = arrival_key(c, ++arrived);
        } else {
            fall_due(c, &c->workers[first & c->index_mask]);
        }
        if (c->fresh) {
            key matching = pack(c, c->now, MATCHING, 0);
            if (peek(&c->working) > matching && peek(&c->agendas) > matching && arrival > matching)
                match(c);
        }
    }
}

static void lay_out(struct clock *c)
{
    const struct plan *p = c->plan;
    for (int64_t lane = 0; lane < p->lanes; lane++)
        for (int64_t set = 0; set < p->skill_sets; set++)
            if (p->accepts[lane * p->skill_sets + set]) {
                c->sets_of[lane] |= 1ull << set;
                c->lanes_of[set] |= 1ull << lane;
            }
    for (int set = 0; set < 64; set++) {
        c->head[set] = c->tail[set] = NONE;
        c->head_key[set] = NOTHING;
    }
    for (int64_t task = 0; task < p->tasks; task++) {
        c->rows->worker[task] = NONE;
        c->rows->reserved[task] = c->rows->accepted[task] = NONE;
        c->rows->handled[task] = c->rows->completed[task] = NONE;
        c->rows->outcome[task] = WAITING;
    }
}

static void begin(struct clock *c)
{
    const struct plan *p = c->plan;
    for (int64_t index = 0; index < p->workers; index++) {
        struct worker *w = &c->workers[index];
        *w = (struct worker){
            .change = c->chunks + index * CHUNK,
            .idle_key = (key)index,
            .step = (int32_t)p->first[index] - 1,
            .last = (int32_t)p->first[index + 1] - 1,
            .activity = NONE,
            .skill_set = (uint8_t)p->skill_set[index],
            .index = (int32_t)index,
        };
        advance(c, w);
        settle(c, w);
    }
}

static int bits(int64_t number)
{
    return 64 - __builtin_clzll((uint64_t)number | 1);
}

/* Run a plan and write the rows of its log; return 0, or 1 without memory, or 2 where a happening needs over 64 bits. */
int simulate(const struct plan *p, struct rows *rows)
{
    struct clock c = {.plan = p, .rows = rows};
    int64_t chunks = 2 * p->workers + (p->workers + p->steps + 4 * p->tasks) / (CHUNK - 1) + 1;
    c.index_bits = bits(p->tasks > p->workers ? p->tasks : p->workers);
    c.time_bits = c.index_bits + 3;
    c.index_mask = ((key)1 << c.index_bits) - 1;
    if (c.time_bits + bits(p->horizon) > 64)
        return 2;
    c.workers = aligned_alloc(64, (p->workers + 1) * sizeof(struct worker));
    c.chunks = aligned_alloc(CHUNK * sizeof(key), chunks * CHUNK * sizeof(key));
    c.behind = malloc((p->tasks + 1) * sizeof(int32_t));
    c.made = malloc((p->tasks + 1) * sizeof(int32_t));
    bool heaps = make_heap(&c.working, p->workers) & make_heap(&c.agendas, p->workers);
    bool enough = heaps && c.workers && c.chunks && c.behind && c.made;
    if (enough) {
        c.next_chunk = c.chunks + p->workers * CHUNK;
        lay_out(&c);
        begin(&c);
        run(&c);
        write_spells(&c);
        write_tasks(&c);
        write_reservations(&c);
    }
    free(c.workers), free(c.chunks), free(c.behind), free(c.made), free(c.working.at), free(c.agendas.at);
    return enough ? 0 : 1;
}
