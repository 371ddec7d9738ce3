/* The end of the loop: rows of the log, made of what it has noted. */

static void write_spells(struct clock *c)
{
    struct rows *r = c->rows;
    int64_t row = 0;
    for (int64_t index = 0; index < c->plan->workers; index++) {
        const key *at = c->chunks + index * CHUNK, *stop = c->workers[index].change;
        while (at != stop) {
            key change = *at++;
            if (((uintptr_t)at & (CHUNK * sizeof(key) - 1)) == (CHUNK - 1) * sizeof(key))
                at = c->chunks + *at;
            bool finished = at != stop;
            int64_t start = (int64_t)(change >> 8), end = finished ? (int64_t)(*at >> 8) : c->plan->horizon;
            r->spell_worker[row] = (int32_t)index;
            r->spell_activity[row] = (int16_t)(change & 255);
            r->spell_start[row] = start;
            r->spell_end[row] = end;
            r->spell_finished[row] = finished;
            row += start < end;
        }
    }
    r->spells = row;
}

static void write_tasks(struct clock *c)
{
    const struct plan *p = c->plan;
    struct rows *r = c->rows;
    for (int lane = 0; lane < p->lanes; lane++)
        for (; c->waiting >> lane & 1; take_first(c, lane)) {
            int64_t end = gives_up(p, c->first_waiting[lane]);
            if (end < p->horizon)
                depart(c, c->first_waiting[lane], end);
        }
    for (int64_t task = 0; task < p->tasks; task++) {
        r->task[task] = (int32_t)task;
        r->task_type[task] = (int16_t)p->task_type[task];
        r->task_queue[task] = (int16_t)p->task_queue[p->lane[task]];
    }
    memcpy(r->arrival, p->arrival, p->tasks * sizeof(int64_t));
}

static void write_reservations(struct clock *c)
{
    struct rows *r = c->rows;
    r->reservations = c->reservations;
    for (int64_t row = 0; row < c->reservations; row++) {
        int32_t task = c->made[row];
        bool accepted = r->accepted[task] >= 0, gone = r->outcome[task] == ABANDONED;
        r->res_task[row] = task;
        r->res_worker[row] = r->worker[task];
        r->res_created[row] = r->reserved[task];
        r->res_ended[row] = accepted ? r->accepted[task] : r->completed[task];
        r->res_status[row] = accepted ? ACCEPTED : gone ? RES_CANCELED : PENDING;
    }
}
