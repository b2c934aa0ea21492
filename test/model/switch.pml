/* Can two colors be active at once, and is there a switch that never ends?
 *
 * Two partitions, a member of each color, two drivers and two operators. As switch.h does it:
 * whoever writes the next step writes it with the version that was read, whoever claims checks that
 * the record is still the one that allowed it, and a member says of which record it has nothing, or
 * all. Members read late and are expired at any time; drivers look at one member after the other,
 * and die in between (what they saw is lost, and another one begins); a step that may be overdue is
 * overdue at any time.
 *
 * Versions are only compared with the record's, so a flag stands for each: all fall with a write.
 *
 * Drivers look again when something has changed, so a run comes to rest: in old or new, with all
 * partitions at the active color.
 *
 * -DFENCE=0: a claim does not check the record. -DVERSION=0: drivers write whatever was written
 * since. -DEMPTY=0: the old color need not be empty. -DWAY=0: what returns never ends. Each must
 * fail; test/model/run asks for all.
 */
#ifndef FENCE
#define FENCE 1
#endif
#ifndef VERSION
#define VERSION 1
#endif
#ifndef EMPTY
#define EMPTY 1
#endif
#ifndef WAY
#define WAY 1
#endif

#define ASKS_MAX   2
#define EXPIRY_MAX 1

#define NONE 0 /* of the colors, which are 1 and 2; a member is named for its color */

mtype = { IDLE, PREPARED, DRAINING, COMMITTED, HANDED_OVER, ACTIVE, RETURNING };

/* The record. */
mtype step = IDLE;
byte chosen; /* the active color */
byte from;
byte to;
bool together;

byte owner[2];

/* Each member's: of color NONE nothing is ever true. */
bool up[3];
bool reads[3];      /* it goes by the record as it is */
bool said[3];       /* and has said so */
bool said_empty[3]; /* of this record */
bool said_full[3];

bool fresh[2]; /* what a driver read is the record as it is */
bool stir[2];  /* something has changed since a driver began to look */

byte asks;
byte expiries;

#define MAY_OWN(color)                                                                             \
    ((step == DRAINING || step == COMMITTED) -> (!together && (color) == to) : (color) == chosen)
#define HAS_NOTHING(color) (owner[0] != (color) && owner[1] != (color))
#define HAS_ALL(color)     (owner[0] == (color) && owner[1] == (color))

/* One of them may still have what the other one may claim already: while partitions go over one by
 * one, and on the way back. */
#define MAY_SHARE (step == RETURNING || (step == DRAINING && !together))

inline change()
{
    stir[0] = true; stir[1] = true
}

/* Every write. */
inline write(next)
{
    step = next;
    change();
    fresh[0] = false; fresh[1] = false;
    reads[1] = false; said[1] = false; said_empty[1] = false; said_full[1] = false;
    reads[2] = false; said[2] = false; said_empty[2] = false; said_full[2] = false;
    if
    :: step == IDLE -> from = NONE; to = NONE; together = false
    :: else -> skip
    fi
}

proctype Member(byte color)
{
    bool right; /* so says the record that it goes by */
    byte partition;

end:
    do
    :: atomic { !up[color] -> up[color] = true; right = false; change() }
    :: atomic { up[color] && !reads[color] -> reads[color] = true; right = MAY_OWN(color) }
    :: atomic { up[color] && reads[color] && right && (owner[0] == NONE || owner[1] == NONE) ->
            partition = (owner[0] == NONE -> 0 : 1)
       }
       /* The transaction, whatever has happened since. */
       atomic {
            if
            :: up[color] && owner[partition] == NONE && (!FENCE || reads[color]) ->
                assert(MAY_OWN(color));
                assert(MAY_SHARE || owner[1 - partition] == NONE ||
                       owner[1 - partition] == color);
                owner[partition] = color
            :: else -> skip
            fi;
            partition = 0
       }
    :: atomic { up[color] && !right && !HAS_NOTHING(color) ->
            owner[(owner[0] == color -> 0 : 1)] = NONE
       }
    :: atomic { up[color] && reads[color] &&
                (!said[color] || said_empty[color] != HAS_NOTHING(color) ||
                 said_full[color] != (right && HAS_ALL(color))) ->
            said[color] = true;
            said_empty[color] = HAS_NOTHING(color);
            said_full[color] = right && HAS_ALL(color);
            change()
       }
    od
}

/* Ends sessions without a word. */
proctype Server()
{
    byte color;

end:
    do
    :: atomic { expiries < EXPIRY_MAX && (up[1] || up[2]) ->
            expiries++;
            if
            :: up[1] -> color = 1
            :: up[2] -> color = 2
            fi;
            up[color] = false;
            reads[color] = false;
            said[color] = false; said_empty[color] = false; said_full[color] = false;
            owner[0] = (owner[0] == color -> NONE : owner[0]);
            owner[1] = (owner[1] == color -> NONE : owner[1]);
            color = 0;
            change()
       }
    od
}

/* Of one member's color, by what it has said, nothing is missing. */
#define KNOWS(color) (!up[color] || said[color])
#define IS_WELL(color)                                                                             \
    ((step == PREPARED && KNOWS(color) && (color != to || up[color])) ||                           \
     (step == DRAINING && from == NONE) ||                                                         \
     (step == DRAINING && color == from && KNOWS(color) &&                                         \
      (!EMPTY || !up[color] || said_empty[color])) ||                                              \
     (step == DRAINING && color == to && up[color]) || step == COMMITTED || step == ACTIVE ||      \
     (step == HANDED_OVER && (color != to || (up[color] && said[color] && said_full[color]))) ||   \
     (step == RETURNING && color == to && KNOWS(color) && (!up[color] || said_empty[color])) ||    \
     (step == RETURNING && color != to &&                                                          \
      (from == NONE || (up[color] && said[color] && said_full[color]))))
#define MAY_BE_OVERDUE                                                                             \
    (step == PREPARED || (step == DRAINING && from != NONE) || (step == HANDED_OVER && up[from]))

inline look(color)
{
    d_step {
        well = well && IS_WELL(color);
        can_return = can_return || (color == from && up[color])
    }
}

proctype Driver(byte self)
{
    bool well;
    bool can_return; /* there is somebody to return to */

end:
    do
    :: atomic { step != IDLE && stir[self] && ((IS_WELL(1) && IS_WELL(2)) || MAY_BE_OVERDUE) ->
            fresh[self] = true; well = true; stir[self] = false
       }
       look(1);
       look(2);
       if
       :: atomic {
            if
            :: VERSION && !fresh[self] -> skip
            :: else ->
                assert(fresh[self]);
                if
                :: step == PREPARED && well -> write(DRAINING)
                :: step == PREPARED && !well -> write(IDLE)
                :: step == DRAINING && well -> write(COMMITTED)
                :: step == DRAINING && !well -> write(RETURNING); chosen = from
                :: step == COMMITTED -> write(HANDED_OVER); chosen = to
                :: step == HANDED_OVER && well -> write(ACTIVE)
                :: step == HANDED_OVER && !well && can_return ->
                    write(RETURNING); chosen = from
                :: step == ACTIVE -> write(IDLE)
                :: step == ACTIVE && can_return -> write(RETURNING); chosen = from
                :: WAY && step == RETURNING && well -> write(IDLE)
                :: else -> skip
                fi
            fi;
            fresh[self] = false; well = false; can_return = false
          }
       :: atomic { /* it dies */
            fresh[self] = false; well = false; can_return = false; stir[self] = true
          }
       fi
    od
}

/* Both of them. One that read an older record writes nothing, and so does one that dies: what is
 * left is one that writes at once. */
proctype Operators()
{
end:
    do
    :: atomic { asks < ASKS_MAX && step != RETURNING ->
            asks++;
            if
            :: step == IDLE ->
                write(PREPARED);
                from = chosen;
                to = (chosen == NONE -> 1 : 3 - chosen);
                if
                :: together = true
                :: together = false
                fi
            :: step == PREPARED -> write(IDLE)
            :: step != IDLE && step != PREPARED -> write(RETURNING); chosen = from
            fi
       }
    od
}

proctype Judge()
{
end:
    do
    :: timeout ->
        assert(step == IDLE);
        assert((chosen == NONE -> HAS_NOTHING(1) && HAS_NOTHING(2) : HAS_ALL(chosen)));
        break
    od
}

init
{
    atomic {
        if
        :: chosen = NONE
        :: chosen = 1
        fi;
        up[1] = true; up[2] = true;
        change();
        run Member(1); run Member(2);
        run Driver(0); run Driver(1);
        run Operators();
        run Server();
        run Judge()
    }
}
