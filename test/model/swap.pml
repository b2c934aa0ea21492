/* Can one half of a swap be done while the other one goes back, or move before both could begin, or
 * begin again where it was while the other one does not?
 *
 * The records of two groups, drivers, and an operator who asks for a swap, and for another one when
 * it is over. As switch_pair.h does it: what both have to agree on is written to both records
 * in one transaction with the versions of both that were read; in between each half goes its way.
 * A driver reads the two records one after the other, at any time, and may write long after that,
 * while others, of whom one will do, see both as they are; what they see of the members is whatever
 * it likes to be. What a half does between its begin and its being active is one step here:
 * switch.pml has it. But of a replay: a half that has drained waits for the other one, and then the
 * offsets of both are set back, with the step that hands over both.
 *
 * Versions are only compared with the record's, so a flag stands for each: it falls with a write.
 *
 * -DTIED=0: each half decides alone. -DCHECK=0: of the other record nobody checks the version.
 * -DWHOLE=0: what is written to both is two writes. -DWAY=0: what returns never ends. -DJOINT=0: a
 * half sets its offsets back as soon as it has drained itself. Each must fail; test/model/run asks
 * for all.
 */
#ifndef TIED
#define TIED 1
#endif
#ifndef CHECK
#define CHECK 1
#endif
#ifndef WHOLE
#define WHOLE 1
#endif
#ifndef WAY
#define WAY 1
#endif
#ifndef JOINT
#define JOINT 1
#endif

#define ASKS_MAX 2

/* A half is READY when it could begin, MOVING until its new color has everything, and THROUGH when
 * that was watched for long enough. Of a replay it is MOVING until it is DRAINED, and HANDED over
 * until its new color has everything. */
mtype = { IDLE, PREPARED, READY, MOVING, DRAINED, HANDED, ACTIVE, THROUGH, RETURNING };
mtype = { NONE, BACK, DONE };

mtype step[2];
mtype outcome[2]; /* of the swap that was asked for last */
bool fresh[2];    /* what the late driver read of a half is the record as it is */
bool replay;      /* its offsets are to be set back, once, with those of the other half */
byte back[2];     /* how often they were */
byte asks;

#define IS_OVER(at)   ((at) == HANDED || (at) == ACTIVE || (at) == THROUGH)
#define HAS_MOVED(at) ((at) == MOVING || (at) == DRAINED || IS_OVER(at))
#define GOES_ON(at)   ((at) == PREPARED || (at) == READY || HAS_MOVED(at))
#define UNDONE(at)    (HAS_MOVED(at) -> RETURNING : IDLE)
#define CAN_STEP(at)  ((at) != IDLE && (WAY || (at) != RETURNING))

/* Each is as far on its way forward as the other one, or neither is. */
#define IS_TIED(of)                                                                                \
    (!GOES_ON(step[of]) ||                                                                         \
     (GOES_ON(step[1 - (of)]) && HAS_MOVED(step[of]) == HAS_MOVED(step[1 - (of)])))

inline check()
{
    assert(IS_TIED(0));
    assert(IS_TIED(1));
    assert((outcome[0] == DONE) == (outcome[1] == DONE));
    assert(back[0] == back[1] && back[0] <= replay);
    assert(!replay || back[0] == 1 || (!IS_OVER(step[0]) && !IS_OVER(step[1])))
}

inline put(which, next, ended)
{
    step[which] = next;
    outcome[which] = (next == IDLE -> ended : NONE);
    fresh[which] = false
}

/* What is to become of a half, and of the other one, by what was seen of both. */
inline decide()
{
    if
    :: CAN_STEP(seen[0]) -> half = 0
    :: CAN_STEP(seen[1]) -> half = 1
    fi;
    how = BACK;
    if
    :: seen[half] == RETURNING -> own = IDLE
    :: TIED && GOES_ON(seen[half]) && !GOES_ON(seen[1 - half]) ->
        own = UNDONE(seen[half]); both = true /* so it seems to who read one long ago */
    :: GOES_ON(seen[half]) && (!TIED || GOES_ON(seen[1 - half])) ->
        if
        :: seen[half] == PREPARED -> own = (TIED -> READY : MOVING)
        :: seen[half] == READY && seen[1 - half] == READY ->
            own = MOVING; other = MOVING; both = true; writes = true
        :: seen[half] == MOVING -> own = (replay -> DRAINED : ACTIVE)
        :: seen[half] == DRAINED && !JOINT -> own = HANDED; sets = true
        :: seen[half] == DRAINED && JOINT && seen[1 - half] == DRAINED ->
            own = HANDED; other = HANDED; both = true; writes = true; sets = true
        :: seen[half] == HANDED -> own = ACTIVE
        :: seen[half] == ACTIVE -> own = THROUGH
        :: seen[half] == THROUGH && (!TIED || seen[1 - half] == THROUGH) ->
            own = IDLE; other = IDLE; how = DONE; both = TIED; writes = TIED
        :: own = UNDONE(seen[half]); other = UNDONE(seen[1 - half]); both = TIED; writes = TIED
        fi
    fi
}

inline write_all()
{
    put(half, own, how);
    back[half] = back[half] + sets;
    if
    :: !WHOLE -> check()
    :: else -> skip
    fi;
    if
    :: writes -> put(1 - half, other, how); back[1 - half] = back[1 - half] + sets
    :: else -> skip
    fi;
    check()
}

inline forget()
{
    own = 0; other = 0; how = 0; both = false; writes = false;
    sets = false; half = 0
}

proctype Late()
{
    mtype seen[2];
    mtype own;
    mtype other;
    mtype how;
    bool both;   /* the other record's version is checked, */
    bool writes; /* and it is written */
    bool sets;   /* offsets are set back */
    byte half;

    seen[0] = IDLE; seen[1] = IDLE;
end:
    do
    :: atomic { !fresh[0] -> seen[0] = step[0]; fresh[0] = true }
    :: atomic { !fresh[1] -> seen[1] = step[1]; fresh[1] = true }
    :: atomic { CAN_STEP(seen[0]) || CAN_STEP(seen[1]) ->
            decide();
            if
            :: !fresh[half] || (CHECK && both && !fresh[1 - half]) -> skip
            :: else -> write_all()
            fi;
            forget()
       }
    od
}

proctype Others()
{
    mtype seen[2];
    mtype own;
    mtype other;
    mtype how;
    bool both;
    bool writes;
    bool sets;
    byte half;

end:
    do
    :: atomic { CAN_STEP(step[0]) || CAN_STEP(step[1]) ->
            seen[0] = step[0]; seen[1] = step[1];
            decide();
            write_all();
            forget();
            seen[0] = 0; seen[1] = 0
       }
    od
}

/* In one transaction. Who takes it back is a driver. */
proctype Operator()
{
end:
    do
    :: atomic { asks < ASKS_MAX && step[0] == IDLE && step[1] == IDLE ->
            asks++;
            back[0] = 0; back[1] = 0;
            if
            :: replay = true
            :: replay = false
            fi;
            put(0, PREPARED, NONE);
            put(1, PREPARED, NONE);
            check()
       }
    od
}

proctype Judge()
{
end:
    do
    :: timeout ->
        assert(step[0] == IDLE && step[1] == IDLE);
        assert((outcome[0] == DONE) == (outcome[1] == DONE));
        break
    od
}

init
{
    atomic {
        step[0] = IDLE; step[1] = IDLE;
        outcome[0] = NONE; outcome[1] = NONE;
        run Late(); run Others();
        run Operator();
        run Judge()
    }
}
