"""Learning Tools Interoperability 1.3: what a learning platform and Coffeeshop say to each other.

https://www.imsglobal.org/spec/lti/v1p3
"""
