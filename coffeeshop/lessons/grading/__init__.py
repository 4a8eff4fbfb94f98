"""Grade a play: compare the allowed requests of all principals with the needed, the
permitted and the kept ones.

What is compared, for every principal and every credential they can have:

- *needed*: the requests of the jobs, and the slack, which must be allowed (star 1).
- *allowed*: what the account allows in a session, as the policy engine decides.
- *permitted*: the needed access, and the access that may stay. Nothing more may be allowed (star 2).
- *kept*: what somebody could do before the play and must still be allowed (star 1).
- *refused*: the requests of a refusal in the brief, which must be denied (star 1).

How it is compared:

- A *want* is a job or a refusal of the brief. A *ticket* is one run of it, with AWS's decisions.
- A *badge* is the kind of credential behind a session: key, password, code (with MFA), federated
  or role/NAME.
- A *standing* is a principal with its session's context keys and all policies that apply to it.
  What is needed is a standing too, so that the two can be compared.
- An *excess* is a request that one standing allows and another doesn't; its *witness* is the example.
- A context key is *free* if the comparison looks at all its values.
- A *fence* are Denies that keep requests out of a comparison which nobody can send.
- *Drawn* names, or *canaries*, stand for whoever and whatever comes tomorrow. They are in a copy of
  the account.
"""
