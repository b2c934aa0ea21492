/* Can a member whose session is over commit past its successor, or delete its successor's node?
 *
 * One partition, two members that claim it, work, commit and hand it back, each as often as there
 * are fences; a server that ends sessions without a word; answers that are lost. As claims.h does
 * it: a claim is one transaction that creates the owner's node and raises the fence that was read;
 * whose node it is decides; commits and releases check the fence.
 *
 * -DFENCE=1: no. -DFENCE=0: nobody checks, and the assertions must fail. test/model/run asks both.
 */
#ifndef FENCE
#define FENCE 1
#endif

#define NOBODY     0
#define FENCES_MAX 4
#define EXPIRY_MAX 3

byte owner = NOBODY; /* the session of the owner's node */
byte fence = 0;      /* the version of the fence */
byte sessions = 0;
byte expiries = 0;
byte committed = 0; /* by whom last */

#define MAY_WRITE(mine) (!FENCE || fence == (mine))

proctype Member()
{
    byte session;
    byte seen;
    byte mine = 0; /* our fence while we believe that the partition is ours */

    atomic { sessions++; session = sessions }
    do
    :: mine == 0 && fence < FENCES_MAX ->
        seen = fence;
        /* The transaction; nobody hears whether it was done. */
        atomic {
            if
            :: owner == NOBODY && fence == seen -> owner = session; fence++
            :: else -> skip
            fi
        }
        /* So we look; it may be over already. */
        atomic {
            if
            :: owner == session -> mine = seen + 1
            :: else -> skip
            fi
        }
    :: mine > 0 -> /* a commit, however late it arrives */
        atomic {
            if
            :: MAY_WRITE(mine) ->
                assert(mine == fence);
                assert(mine >= committed);
                committed = mine
            :: else -> skip
            fi
        }
    :: mine > 0 -> /* a release, likewise */
        atomic {
            if
            :: MAY_WRITE(mine) ->
                assert(owner == session || owner == NOBODY);
                owner = NOBODY
            :: else -> skip
            fi;
            mine = 0
        }
    :: mine > 0 && owner != session -> /* we hear at last that our session is over */
        atomic { mine = 0; sessions++; session = sessions }
    :: mine == 0 && fence >= FENCES_MAX -> break
    od
}

active proctype Server()
{
end:
    do
    :: atomic { owner != NOBODY && expiries < EXPIRY_MAX -> owner = NOBODY; expiries++ }
    od
}

init
{
    atomic { run Member(); run Member() }
}
